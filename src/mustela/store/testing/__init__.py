"""What a service tests its own repositories with."""
