FROM alpine:3
RUN addgroup -g 10001 app && adduser -D -u 10001 -G app app
USER app:app
