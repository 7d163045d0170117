"""What all pages share: who looks, forms that keep what was typed, the words, the frame."""
