FROM scratch
USER 0x0
