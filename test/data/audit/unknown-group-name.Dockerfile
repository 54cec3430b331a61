FROM scratch
USER 1000:nogroup
