"""The collection of videos: people see *Library*."""
