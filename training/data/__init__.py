"""Images, captions and prompts: what is learnt from."""
