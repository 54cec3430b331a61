FROM build-base
RUN mkdir /o && touch /o/a /o/b && chown 1000:44 /o/a && chmod 4755 /o/b && chown app:app /o && chmod 2770 /o && mkfifo /o/fifo && ln /o/a /o/c
USER app
RUN touch /home/app/mine && umask 077 && mkdir /home/app/private
