FROM debian:12
RUN groupadd -g 950 g && useradd -u 950 -g 950 u
USER 950:950
