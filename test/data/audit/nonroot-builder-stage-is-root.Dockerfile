FROM golang:1 AS build
USER root
RUN go build
FROM scratch
COPY --from=build /x /x
USER 10001:10001
