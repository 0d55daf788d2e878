"""What people write when they were banned, in four languages, and how a flood copies one text."""

import random
import re

_ENGLISH = """
Hello, my account was banned this morning and I do not know why. I only use it to talk to my
family in Kerala and to the parents of my daughter's class. I never sent any advertising. Please
check again and give me my number back. My number is +91 98765 43210.

I run a small bakery. My customers gave me their numbers themselves and asked for the weekly
list of cakes. On Saturday I sent the list to about sixty people. If that was too many at once I
am sorry, but nobody was a stranger to me. Please lift the ban.

My phone was stolen on the train last Tuesday and I reported it to the police, see the attached
complaint. Whoever has it used my account to send links to people I don't know. I have a new SIM
card now with the same number and want to use my account again.

You banned the wrong account. I have had this number for eleven years and I have never used
anything but the official app. Someone in a group I left keeps telling the others to report me.
They did it to my brother too.

We are a charity that helps people find blood donors. When there is an emergency our volunteers
write to the registered donors of the district. All of them signed a form. Our coordinator's
account was blocked in the middle of an emergency and two requests were not passed on.

Please unban me. I did nothing wrong.

I was using a modified version of the app because it had themes. I did not know that it was not
allowed. I have removed it and installed the real one from the store. Please forgive me this
time, I need the app for my work as a driver.

The number used to belong to someone else. I bought the SIM on 3 March and when I wanted to
register it said that the number is banned. I am not responsible for what the earlier owner did
with it.

I share the internet connection of my hostel with two hundred students. Maybe one of them did
something. I am studying for my exams and all the notes are in my chats. Can you tell me what
exactly I am accused of?

Your notice says bulk messaging. I invited the members of our housing society to a new group
after the old admin left, nothing else. There are 140 flats. How should I have done it
otherwise?
"""
_HINDI = """
नमस्ते, मेरा खाता आज सुबह बंद कर दिया गया और मुझे नहीं पता क्यों। मैं इससे केवल अपने परिवार और
अपनी बेटी की कक्षा के माता-पिता से बात करती हूँ। मैंने कभी कोई विज्ञापन नहीं भेजा। कृपया दोबारा
जाँच करें और मेरा नंबर लौटा दें।

मेरी एक छोटी बेकरी है। ग्राहकों ने खुद अपने नंबर दिए थे और हर हफ्ते केक की सूची माँगी थी। शनिवार
को मैंने लगभग साठ लोगों को सूची भेजी। अगर यह एक बार में ज्यादा था तो माफ करें, पर कोई अजनबी नहीं
था।

मेरा फोन पिछले मंगलवार को ट्रेन में चोरी हो गया और मैंने पुलिस में शिकायत की है। जिसके पास फोन
है उसने मेरे खाते से अनजान लोगों को लिंक भेजे। अब मेरे पास उसी नंबर की नई सिम है।

आपने गलत खाता बंद किया है। मेरे पास यह नंबर ग्यारह साल से है और मैंने हमेशा असली ऐप ही इस्तेमाल
किया है। एक समूह के लोग मिलकर मेरी झूठी रिपोर्ट कर रहे हैं।

हम रक्तदान के लिए लोगों की मदद करने वाली संस्था हैं। आपातकाल में हमारे स्वयंसेवक जिले के पंजीकृत
दाताओं को लिखते हैं। सबने फॉर्म पर हस्ताक्षर किए हैं।

कृपया मेरा खाता चालू करें। मैंने कुछ गलत नहीं किया।

मैं ऐप का बदला हुआ संस्करण चला रहा था क्योंकि उसमें थीम थीं। मुझे नहीं पता था कि यह मना है।
मैंने उसे हटा दिया है और दुकान से असली ऐप डाला है।

यह नंबर पहले किसी और का था। मैंने 3 मार्च को सिम खरीदी और पंजीकरण करते समय लिखा आया कि नंबर बंद
है। पुराने मालिक ने जो किया उसका जिम्मेदार मैं नहीं हूँ।
"""
_PORTUGUESE = """
Olá, a minha conta foi banida esta manhã e não sei porquê. Uso-a apenas para falar com a minha
família e com os pais da turma da minha filha. Nunca enviei publicidade. Por favor verifiquem
outra vez e devolvam o meu número.

Tenho uma pequena padaria. Os clientes deram-me os números e pediram a lista semanal de bolos.
No sábado enviei a lista a umas sessenta pessoas. Se foi demais de uma vez peço desculpa, mas
ninguém era desconhecido.

O meu telemóvel foi roubado no comboio na terça-feira e fiz queixa na polícia. Quem o tem usou a
minha conta para enviar ligações a desconhecidos. Já tenho um cartão novo com o mesmo número.

Baniram a conta errada. Tenho este número há onze anos e sempre usei a aplicação oficial. Alguém
de um grupo que deixei anda a pedir aos outros que me denunciem.

Por favor desbloqueiem a minha conta. Não fiz nada de errado.

Partilho a internet da residência com duzentos estudantes. Talvez um deles tenha feito alguma
coisa. Podem dizer-me de que sou acusado exatamente?
"""
_SPANISH = """
Hola, mi cuenta fue suspendida esta mañana y no sé por qué. Solo la uso para hablar con mi
familia y con los padres de la clase de mi hija. Nunca envié publicidad. Por favor, revísenlo
otra vez y devuélvanme mi número.

Tengo una pequeña panadería. Mis clientes me dieron sus números y pidieron la lista semanal de
pasteles. El sábado envié la lista a unas sesenta personas. Si fueron demasiadas a la vez lo
siento, pero nadie era un desconocido.

Me robaron el teléfono en el tren el martes y lo denuncié a la policía. Quien lo tiene usó mi
cuenta para enviar enlaces a desconocidos. Ya tengo una tarjeta nueva con el mismo número.

Han suspendido la cuenta equivocada. Tengo este número desde hace once años y siempre usé la
aplicación oficial. Alguien de un grupo pide a los demás que me denuncien.

Por favor desbloqueen mi cuenta. No hice nada malo.

Comparto la conexión de la residencia con doscientos estudiantes. Quizá uno de ellos hizo algo.
¿Pueden decirme de qué se me acusa exactamente?
"""
# Each by somebody else, about their own matter, as long and as short as people write.
DIFFERENT = {
    language: [" ".join(text.split()) for text in texts.split("\n\n")]
    for language, texts in {
        "en": _ENGLISH,
        "hi": _HINDI,
        "pt": _PORTUGUESE,
        "es": _SPANISH,
    }.items()
}
_OPENINGS = {
    "en": ["Dear team, ", "Sir/Madam, ", "Hi!! ", "To whom it may concern: "],
    "hi": ["महोदय, ", "नमस्कार, ", "प्रिय टीम, "],
    "pt": ["Caros senhores, ", "Boa tarde, ", "Olá!! "],
    "es": ["Estimados señores: ", "Buenas tardes, ", "¡Hola! "],
}
_CLOSINGS = {
    "en": [" Thank you, {name}", " Regards {name} {number}", " pls reply fast {number}"],
    "hi": [" धन्यवाद, {name}", " सादर {name} {number}", " जल्दी जवाब दें {number}"],
    "pt": [" Obrigado, {name}", " Cumprimentos {name} {number}"],
    "es": [" Gracias, {name}", " Saludos {name} {number}"],
}
_NAMES = ["Ravi", "Meena Kumari", "João", "Ana María", "अमित", "Priya S.", "Carlos", "सुनीता"]


def copied(text: str, language: str, *, chance: random.Random) -> str:
    """`text` as the next of a flood sends it: other names and numbers, slips, a sentence moved."""
    sentences = re.split(r"(?<=[.?।!]) ", text)
    if len(sentences) > 3 and chance.random() < 0.3:
        sentences.pop(chance.randrange(len(sentences)))
    if len(sentences) > 2 and chance.random() < 0.2:
        chance.shuffle(sentences)
    words = " ".join(sentences).split(" ")
    for place in range(len(words)):
        if len(words[place]) > 3 and chance.random() < 0.04:
            at = chance.randrange(1, len(words[place]) - 1)
            words[place] = words[place][:at] + words[place][at + 1 :]
    said = " ".join(words)
    said = re.sub(r"\d", lambda _: str(chance.randrange(10)), said)
    if chance.random() < 0.5:
        said = chance.choice(_OPENINGS[language]) + said
    if chance.random() < 0.5:
        said += chance.choice(_CLOSINGS[language]).format(
            name=chance.choice(_NAMES), number=f"+91 9{chance.randrange(10**9):09}"
        )
    return said.upper() if chance.random() < 0.1 else said
