FROM debian:12
USER ${U:?must be given}
