"""Training of each part, distillation, fine-tuning."""
