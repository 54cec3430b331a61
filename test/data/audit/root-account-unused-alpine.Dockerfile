FROM alpine:3
RUN addgroup -S app && adduser -S -G app app
