FROM debian:12
COPY <<EOF /e.sh
#!/bin/sh
if [ "$1" = redis-server ]; then
  exec gosu redis "$@"
fi
exec "$@"
EOF
ENTRYPOINT ["/e.sh"]
CMD ["bash"]
