FROM build-base
RUN mkdir /gone /stays && touch /gone/a /stays/b && rm -r /var/data
RUN rm -r /gone && rm /stays/b && mkdir /gone && touch /gone/new
