"""Do synthetic images help to learn from real ones?"""
