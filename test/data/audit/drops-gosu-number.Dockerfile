FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
chown -R 999:999 /data
exec gosu 999:999 "$@"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
