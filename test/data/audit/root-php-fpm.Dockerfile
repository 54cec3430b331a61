FROM php:8-fpm
CMD ["php-fpm8.2"]
