FROM debian:12
RUN groupadd -g 10010 g && useradd -u 10011 -g g app
USER app
