FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec runuser -u app -- "$@"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
