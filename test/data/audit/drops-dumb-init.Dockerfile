FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec gosu app "$@"
EOF
ENTRYPOINT ["/usr/bin/dumb-init","/entrypoint.sh"]
CMD ["server"]
