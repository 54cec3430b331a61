#differs: /bin/suid mode: podman drops the setuid bit of a context's file, docker keeps it
FROM build-base
COPY bin/suid /bin/suid
