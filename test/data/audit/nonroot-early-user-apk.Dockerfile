FROM alpine:3
USER 10001:10001
RUN apk add --no-cache curl
