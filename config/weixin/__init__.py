"""WeChat as a log-in: allauth's provider, with its identity, its names and its errors put right."""
