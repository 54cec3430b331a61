FROM debian:12
ENV APP_USER=app
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec gosu "$APP_USER" "$@"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
