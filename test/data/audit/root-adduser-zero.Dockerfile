FROM alpine:3
RUN adduser -D -u 0 app
USER app
