#differs: /all/bin/suid mode: podman drops the setuid bit of a context's file, docker keeps it
FROM build-base
COPY . /all/
#dockerignore: tree/sub
#dockerignore: *.txt
#dockerignore: !b.txt
#dockerignore: **/*.tmp
