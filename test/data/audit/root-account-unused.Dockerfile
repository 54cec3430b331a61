FROM debian:12
RUN groupadd -r app && useradd -r -g app app
CMD ["x"]
