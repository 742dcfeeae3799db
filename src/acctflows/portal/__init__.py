"""The pages: the client's, and the manager's desk."""
