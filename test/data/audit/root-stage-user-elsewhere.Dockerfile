FROM debian:12 AS build
USER 1000:1000
RUN make
FROM debian:12
COPY --from=build /x /x
