# Real mail, spam or ham: the preset mail, trained in a tab of Chromium, and the same natively.
. docs/slow/lib/lib.sh
machine
node e2e/slow/mail.mjs
train 'natively' mail-native --spec mail
