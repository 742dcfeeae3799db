"""The contract job: from the project's plan to an accepted agreement."""
