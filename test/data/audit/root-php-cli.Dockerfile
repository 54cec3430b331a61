FROM php:8.2-cli
COPY src/ /srv/
