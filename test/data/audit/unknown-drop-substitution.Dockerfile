FROM debian:12
COPY <<"EOF" /e.sh
#!/bin/sh
exec gosu "$(stat -c %U /data)" "$@"
EOF
ENTRYPOINT ["/e.sh"]
CMD ["server"]
