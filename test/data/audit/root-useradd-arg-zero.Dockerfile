FROM debian:12
ARG ID=0
RUN useradd -o -u ${ID} app
USER app
