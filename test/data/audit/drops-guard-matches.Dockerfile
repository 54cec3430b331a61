FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
if [ "$1" = server ]; then
 exec gosu app "$@"
fi
exec "$@"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
