FROM python:3.12-slim
RUN groupadd -g 1500 app && useradd -u 1500 -g app app
COPY <<"EOF" /entrypoint.sh
#!/bin/bash
PUID=${PUID:-1500}
groupmod -o -g "$PGID" app
usermod -o -u "$PUID" app
chown -R app:app /app
exec gosu app "$@"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["python", "main.py"]
