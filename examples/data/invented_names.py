"""Names, job titles and telephone numbers of which the demo's people are put together."""

TITLES = (
    "Account Executive", "Area Sales Manager", "Business Analyst", "CEO", "CFO", "CTO", "COO",
    "Chief of Staff", "Customer Success Manager", "Data Engineer", "Director of Operations",
    "Einkaufsleiter", "Geschäftsführerin", "Head of Growth", "Head of IT", "Head of Procurement",
    "Head of R&D", "Directeur commercial", "Directora de Marketing", "HR Business Partner",
    "Legal Counsel", "Logistics Manager", "Marketing Manager", "Plant Manager", "Product Manager",
    "Product Owner", "Project Lead", "Purchasing Manager", "Quality Engineer", "Sales Engineer",
    "Software Engineer", "Supply Chain Analyst", "VP Engineering", "VP Sales", "取締役", "部長")

# countries; first names; last names. "native=Latin" gives the spelling used in the address.
PEOPLES = (
    ("Germany Austria Switzerland Luxembourg",
     "Anna Björn Claudia Dieter Franziska Günther Heike Jürgen Katrin Lukas Mareike Niklas Petra "
     "Sören Ulrike Volker",
     "Albrecht Bauer Brückner Dietrich Engel Fuchs Großmann Hartwig Jäger Köhler Lindner Möller "
     "Nußbaum Pfeiffer Schröder Vogel"),
    ("France Belgium Morocco",
     "Amélie Baptiste Chloé Damien Élodie François Geneviève Hélène Jérôme Léa Mathieu Noémie "
     "Océane Jean-Luc Thérèse Yannick",
     "Arnaud Beaumont Chevalier Delacroix Fournier Girard L'Hermitte Lefèvre Marchand Noël Perrin "
     "Quénot Roussel Saint-Martin Tessier Vasseur"),
    ("Italy", "Alessia Bruno Chiara Davide Elena Fabrizio Giulia Lorenzo Martina Niccolò Ottavia "
     "Paolo Raffaella Stefano Valentina Zeno",
     "Amato Barbieri Conti D'Angelo Esposito Ferrante Gallo Lombardi Marchetti Niccoli Pellegrini "
     "Ricci Santoro Testa Vitale Zanetti"),
    ("Spain Mexico Argentina Chile Colombia Peru Uruguay",
     "Álvaro Beatriz Carlos Dolores Esteban Fernanda Gonzalo Inés Joaquín Lucía Martín Nuria Óscar "
     "Pilar Raúl Sofía",
     "Aguilar Benítez Cordero Domínguez Echeverría Fuentes Guzmán Ibáñez Luján Muñoz Núñez Ortega "
     "Peña Quintana Rodríguez Zúñiga"),
    ("Brazil Portugal", "Ana Bruno Cecília Diogo Eduarda Filipe Gabriela Henrique Inês João "
     "Larissa Mário Natália Otávio Rita Tomás",
     "Almeida Barbosa Conceição Duarte Esteves Figueiredo Guimarães Lourenço Magalhães Nogueira "
     "Pacheco Queirós Ribeiro Simões Teixeira Vasconcelos"),
    ("Sweden Denmark Norway Finland Iceland Estonia Latvia Lithuania",
     "Astrid Bjørn Einar Freja Gunnar Hanna Ingrid Jesper Kaisa Lars Maja Nils Øyvind "
     "Sigrún Tuomas Åsa",
     "Ahlström Bergström Christensen Dahl Eriksson Falk Grønlund Hämäläinen Isaksen Järvinen Kjær "
     "Lindqvist Mäkelä Nygård Sørensen Þórsson=Thorsson"),
    ("Netherlands", "Anouk Bram Cornelis Daan Eline Femke Gijs Hanneke Joris Karlijn Lotte Maarten "
     "Noor Pieter Sanne Wouter",
     "Bakker Dekker van~den~Berg de~Boer Hendriks Jansen Koster Meijer Mulder van~Dijk Peters "
     "Smit ter~Horst Verbeek Visser de~Wit"),
    ("Poland Slovakia Slovenia Croatia Hungary Romania Bulgaria Ukraine",
     "Agnieszka Bogdan Czesława Dariusz Emilia Franciszek Grażyna Ivana János Katarína "
     "Łukasz Małgorzata "
     "Оксана=Oksana Pavlo Radu Żaneta",
     "Błaszczyk Cristescu Dąbrowska Fekete Górski Horvat Ionescu Jabłoński Коваленко=Kovalenko "
     "Łapiński Novák Petrov Šimić Szabó Wójcik Zieliński"),
    ("Turkey Greece", "Ayşe Burak Çiğdem Deniz Elif Γιώργος=Giorgos Hakan İpek Kerem Leyla Murat "
     "Eleni Özge Petros Şule Yiğit",
     "Aydın Bozkurt Çelik Demir Erdoğmuş Παππάς=Pappas Güneş Kılıç Nikolaidis Öztürk Polat Şahin "
     "Tekin Uçar Yıldız Zorlu"),
    ("Japan", "愛=Ai 大輔=Daisuke 恵美=Emi Haruto 一郎=Ichiro Kaori Kenji 真由美=Mayumi Naoki Riko "
     "さくら=Sakura Satoshi Takumi 裕子=Yuko Yūki Ren",
     "Aoki 藤田=Fujita 長谷川=Hasegawa Inoue 小林=Kobayashi Maeda 中村=Nakamura Ōno Saitō 佐々木=Sasaki "
     "Shimizu Tanaka Ueda 渡辺=Watanabe Yamashita Yoshida"),
    ("South Korea", "Dong-hyun Eun-ji Ha-yoon Hyun-woo Ji-hoon Ji-woo 민준=Min-jun Seo-yeon Sang-ho "
     "Soo-jin Tae-yang Yu-na 하은=Ha-eun Jae-won Mi-kyung Young-ho",
     "Ahn Bae Choi 김=Kim Han Hwang Jang Jeong Kang Kwon 이=Lee Noh 박=Park Seo Shin Yoon"),
    ("China Taiwan Hong Kong Singapore Malaysia",
     "Bowen Chunhua Hui-Ling 建国=Jianguo Jing Kai Li-Ting Mei 小明=Xiaoming Ruolan Siu-Wai Tianyu "
     "Wei Xinyi Yan Zihan",
     "Cai Chen Deng Fang Guo He Huang Jiang 李=Li Lin Ng Tan 王=Wang Xu 张=Zhang Zhou"),
    ("India", "Aarav Bhavna Chetan Deepika Esha Farhan Gauri Harish Ishaan Jyoti Kavya "
     "Lakshmi Manoj Nandini Rohit Sunita",
     "Agarwal Banerjee Chakraborty Deshmukh Gupta Iyer Joshi Krishnan Malhotra Nair Patil Qureshi "
     "Rao Singh Trivedi Venkataraman"),
    ("Saudi Arabia United Arab Emirates Qatar Egypt Israel",
     "Amira Dalia Fadi Hamza Ilan Jamila Karim Layla Mahmoud Noa Omar Rania Salma Tariq Yael Ziad",
     "Abbas Azoulay Barak El-Sayed Farouk Hadad Ibrahim Khalil Levi Mansour Nasser Peretz Qasim "
     "Saleh al-Tamimi Zayed"),
    ("South Africa Kenya Nigeria Ethiopia",
     "Abebe Amahle Chidi Chinwe Emeka Folake Gathoni Hlengiwe Kwame Lindiwe Mosi Ngozi Pieter "
     "Sipho Thandiwe Wanjiru",
     "Adebayo Botha Chukwu Dlamini Eze Girma Haile Kamau Mbeki Mokoena Ndlovu Nwosu Okafor "
     "Oyelaran Tadesse Wambui"),
    ("Indonesia Thailand Philippines Vietnam",
     "Agus Bích Chanida Dewi Hùng Isabel Joko Kanya Linh Marisol Nguyệt Pornchai Rizal Siti "
     "Thảo Wayan",
     "Bautista Chaiyaporn Dela~Cruz Đặng=Dang Hartono Lê Manalo Nguyễn Phạm Prasetyo Reyes Santos "
     "Srisai Trần Wibowo Wongsakul"),
    ("United States United Kingdom Canada Australia New Zealand Ireland Czech Republic",
     "Abigail Benjamin Charlotte Declan Eleanor Finn Grace Hudson Imogen Jack Kathleen Liam Maeve "
     "Noah Olivia Patrick",
     "Atkinson Brennan Campbell Davenport Ellsworth Fitzgerald Gallagher Hawthorne Ingram Jennings "
     "Kavanagh Langley McAllister Nesbitt O'Brien Whitaker"))

# Ranges kept free for fiction: NANP 555-01xx, Ofcom, BNetzA, Arcep, PTS, ACMA.
PHONES = {
    "United States": ("+1 202-555-01{:02d}", "(312) 555-01{:02d}", "+1.415.555.01{:02d}"),
    "Canada": ("+1 613-555-01{:02d}", "(604) 555-01{:02d}"),
    "United Kingdom": ("+44 20 7946 09{:02d}", "020 7946 00{:02d}", "+44 1632 9608{:02d}"),
    "Germany": ("+49 30 23125 1{:02d}", "030/231257{:02d}", "+49 (0)30 231254{:02d}"),
    "France": ("+33 1 99 00 42 {:02d}", "01.99.00.17.{:02d}"),
    "Sweden": ("+46 8 465 004 {:02d}", "08-465 004 {:02d}"),
    "Australia": ("+61 2 5550 11{:02d}", "(03) 7010 22{:02d}")}
