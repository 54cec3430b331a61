FROM debian:12 AS Base
USER 0
FROM BASE
CMD ["x"]
