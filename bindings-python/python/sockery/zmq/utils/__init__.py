"""Helpers, by the names that pyzmq has them under."""
