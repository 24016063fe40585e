"""A small convolutional network over characters: learnt with TensorFlow (`learning`), read with numpy (`reading`)."""
