FROM debian:12
RUN useradd --non-unique --uid=0 app
USER app
