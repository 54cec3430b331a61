FROM docker.io/library/ubuntu:24.04
