FROM scratch
USER app
