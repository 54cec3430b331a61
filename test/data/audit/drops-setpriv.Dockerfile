FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec setpriv --reuid=1000 --regid=1000 --clear-groups "$@"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
