"""What demo, end-to-end tests and bench share: private servers, the relay as a process, the checker of records."""
