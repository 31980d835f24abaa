"""Where processes begin: Slack, HTTP, worker, scheduler."""
