FROM debian:12
RUN groupadd -g 950 demo-group && useradd -u 950 -g 950 demo-user
COPY --chown=demo-user:demo-group app /app
USER demo-user:demo-group
