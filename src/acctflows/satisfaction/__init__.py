"""The satisfaction job: whether clients are happy, and what follows when they are not."""
