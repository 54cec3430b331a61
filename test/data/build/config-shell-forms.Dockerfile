FROM build-base
SHELL ["/bin/sh", "-ec"]
ENTRYPOINT exec top -b
CMD echo one two
HEALTHCHECK NONE
