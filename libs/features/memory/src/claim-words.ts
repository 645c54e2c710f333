/**
 * Words by which a claim is known, folded, in the languages that are read: English, German, French, Spanish, Chinese, Japanese. What is
 * not listed contradicts nothing: both claims stay, which is the harmless way to be wrong.
 */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Who or what there is one of at a time, and is told by a name: a newer one replaces an older one. */
export const NAMED: ReadonlySet<string> = words(`
  dentist doctor gp physician therapist lawyer accountant landlord landlady boss manager supervisor hairdresser barber plumber electrician
  wife husband spouse partner girlfriend boyfriend fiance fiancee mother father mum mom dad
  street city town home bank employer company school university
  zahnarzt zahnarztin hausarzt arzt arztin anwalt anwaltin vermieter vermieterin chef chefin friseur friseurin
  frau mann ehefrau ehemann partnerin verlobte verlobter freundin mutter vater mama papa strasse stadt arbeitgeber firma schule uni
  dentiste medecin avocat avocate proprietaire patron patronne coiffeur coiffeuse femme mari mere pere maman rue ville employeur entreprise ecole
  dentista medico medica abogado abogada jefe jefa peluquero peluquera mujer esposa marido esposo novia novio madre padre
  calle ciudad banco empresa escuela universidad`);
/** What has one value at a time, whatever it is. */
export const VALUED: ReadonlySet<string> = words(`
  name surname nickname birthday age height weight address phone number email mail password passphrase passcode code pin key keys login
  username account timezone currency deadline appointment flight
  geburtstag alter grosse gewicht adresse anschrift telefonnummer handynummer nummer passwort kennwort schlussel konto kennzeichen termin flug
  nom prenom anniversaire taille poids telephone numero courriel cle cles compte passeport vol rendez-vous
  nombre apellido cumpleanos edad altura peso direccion telefono correo contrasena clave llave llaves cuenta pasaporte cita vuelo`);
/** The same where words have no spaces: the end of what it is about; and what a name is told by there. */
export const NAMED_CJK =
  /(?:牙医|医生|律师|房东|老板|经理|妻子|老婆|丈夫|老公|女朋友|男朋友|妈妈|母亲|爸爸|父亲|歯医者|医者|弁護士|大家|上司|妻|夫|彼女|彼氏|母|父)$/u;
export const TITLE_CJK = /(?:医生|先生|女士|小姐|老师|经理|律师|さん|様|氏)/u;
export const VALUED_CJK =
  /(?:名字|姓名|生日|年龄|身高|体重|地址|城市|电话|号码|手机号|邮箱|密码|钥匙|账号|银行|公司|名前|誕生日|年齢|身長|体重|住所|電話番号|番号|メール|パスワード|暗証番号|鍵|口座|銀行|会社)$/u;
/** A favourite is one, whatever of. */
export const FAVOURITE = /(?:^|\s)(?:favou?rite|lieblings\p{L}*|prefere[es]?|favorit[eao]s?)(?:\s|$)|最喜欢|最愛|一番好きな/u;

/** Of these there may be several, and each may be called, or live, otherwise. */
export const SEVERAL: ReadonlySet<string> = words(`
  friend friends colleague colleagues coworker neighbour neighbours neighbor neighbors cousin cousins classmate roommate teammate student client customer
  freund kollege kollegin nachbar nachbarin cousine vetter mitbewohner mitbewohnerin schuler kunde kundin
  ami amie collegue voisin voisine cousin cousine client cliente
  amigo amiga colega vecino vecina primo prima cliente`);
export const SEVERAL_CJK = /(?:朋友|同事|邻居|同学|室友|友達|友人|同僚|隣人)$/u;

/** Values of one kind exclude each other, whatever they are said of. */
export const COLOURS: ReadonlySet<string> = words(`
  red blue green yellow black white grey gray brown orange purple pink silver
  rot blau grun gelb schwarz weiss grau braun lila rosa silbern
  rouge bleu bleue vert verte jaune noir noire blanc blanche gris grise marron violet violette rose
  rojo roja azul verde amarillo amarilla negro negra blanco blanca morado morada
  红色 蓝色 绿色 黄色 黑色 白色 灰色 赤 青 緑 黄色 黒 白`);
