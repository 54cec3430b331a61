#differs: config Cmd: podman leaves SHELL out here, docker does not
#differs: config Entrypoint: the same
FROM build-base
SHELL ["/bin/sh", "-ec"]
ENTRYPOINT exec top -b
CMD echo one two
HEALTHCHECK NONE
