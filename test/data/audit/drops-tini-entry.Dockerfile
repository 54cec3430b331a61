FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec gosu app "$@"
EOF
ENTRYPOINT ["tini","--","/entrypoint.sh"]
CMD ["server"]
