FROM registry.example.org/team/app:1
