/**
 * Names of services that give out keys, as they stand in the names of settings: `ACME_KEY`, `acmeToken`. Only those that say nothing else; of those
 * whose keys have a form of their own the form is enough.
 */
const names = `
abstractapi abuseipdb abyssale accuweather adafruit adobe agora ahrefs aikido airbrake airbyte airship airtable airvisual aiven alchemy algolia
alibaba aliyun alpaca amadeus amplitude anthropic anypoint apideck apify apilayer apimatic apimetrics apitemplate apollo appcues appfollow appoptics
appsflyer appsynergy apptivo artifactory asaas asana assemblyai atera atlassian audd authorizenet auth0 autodesk autoklose autopilot avaza
aviationstack axonaut ayrshare azure bannerbear baremetrics beamer beebole besnappy besttime betterstack bigcommerce billomat bitbar bitbucket bitcoinaverage bitfinex
bitly bitmex bitrise bittrex blazemeter blitapp blocknative bloomreach blynk boldsign bombbomb boostnote borgbase braintree brandfetch braze brevo browserstack browshot bscscan
buddyns budibase bugherd bugsnag buildkite bulbul buttercms bybit caflou calendarific calendly calorieninja campayn cannyio canva capsulecrm captaindata
carboninterface cashboard caspio censys centralstationcrm cerebras chargebee chartmogul chatbot chatfuel checklyhq checkmarx chromatic cicero circleci civo clarifai clearbit clickhouse
clickhelp clicksend clickup cliengo clinchpad clockify clockwork cloudconvert cloudelements cloudflare cloudfront cloudimage cloudinary cloudmersive cloudplan cloudsight cloudsmith
cloudways cloverly cloze clustdoc codacy codeclimate codecov codemagic codequiry cohere coinapi coinbase coinlayer coinlib coinmarketcap collect2
commercejs commodities companyhub configcat confluent contentful contentstack conversiontools convertapi convertkit convier copper couchbase
countrylayer courier coveralls craftmypdf crowdin crowdstrike cryptocompare currencyfreaks currencylayer currencyscoop currentsapi customerguru customerio d7network dailyco dandelion
dareboost databento databox databricks datadog datagov datastax deepai deepgram deepl deepseek delighted demio detectify detectlanguage dfuse
dialpad diffbot diggernaut digitalocean discogs discord disqus docparser documo docusign docusaurus docraptor dotdigital dovico dronahq droneci dropbox duffel dwolla dynalist dynatrace dyspatch
eagleeyenetworks easyinsight ebay ecostruxureit edamam edenai eightxeight elasticemail elevenlabs endorlabs enigma envoy ethplorer etherscan etsy eventbrite everhour exchangerate exchangerates exoscale
exportsdk extractorapi facebook faceplusplus fastforex fastly feedier fetchrss fibery figma fileio finage financialmodelingprep findl finicity finnhub fixerio flatio
fleetbase flexport flickr flightapi flightlabs flightstats flowdock flowflu flutterwave fmfw formbucket formcraft formio formsite foursquare frameio freshbooks freshdesk freshworks fulcrum fullcontact fullstory fusebill fxmarket
geckoboard gemini gengo geoapify geocode geocodify geocodio geoipifi getemail getgeoapi getgist getresponse ghost ginger gitea github gitlab gitter glassnode gleap
glitterly gocanvas gocardless goodday graphcms graphhopper greptile groovehq groq gtmetrix guardianapi gumroad gyazo happi happyscribe hasura hellosign helpcrunch helpscout
hereapi heroku hexomatic hiveage holidayapi honeybadger honeycomb html2pdf hubspot huggingface humanity hybiscus hypertrack iconfinder iexcloud imagekit imagga infobip
influxdb infracost infura insightly instabot intercom interseller intrinio invoiceocean ionic ip2location ipapi ipdata ipgeolocation ipify ipinfo ipinfodb ipquality ipstack iterable
jenkins jfrog jira jotform jumpcloud jumpseller jupiterone juro kagi kaleyra kanban kanbantool karmacrm keenio kickbox klaviyo klipfolio knapsackpro kontent kraken kucoin kylas
languagelayer launchdarkly leadfeeder lemlist lendflow lessannoyingcrm lexigram lichess linenotify linkedin linkpreview livechat livestorm loadmill lob loggly loginradius logzio lokalise
looker loyverse lunchmoney luno madkudu mailboxlayer mailchimp mailerlite mailersend mailgun mailjet mailmodo mailsac mandrill mapbox mapquest marketstack mattermost mavenlink
maxmind meaningcloud mediastack meistertask meraki mesibo messagebird metaapi metabase metrilo microcms midtrans mindmeister minimax mistral mixmax mixpanel mockaroo moderation moonclerk
moosend moralis mux myfreshworks myintervals nasdaqdatalink nethunt netlify neutrinoapi newrelic newsapi newscatcher nexmo nftport ngrok nicereply nightfall nimble noticeable notion novu nozbe
nozbeteams numverify nutritionix nvidia nylas nytimes oanda octopus okta ollama omnisend onedesk onelogin onepagecrm onesignal onfido onfleet oopspam openai opencagedata opencage
openrouter openuv openweather opsgenie optimizely optidash overloop ovh owlbot packagecloud paddle pagarme pagerduty pandadoc pandascore paperform paralleldots parseur partnerstack pastebin paydirtapp paymoapp
paymongo paypal paystack pdflayer pdfshift peopledatalabs pepipost percy perplexity phantombuster phrase pinata pinecone pipedream pipedrive pivotaltracker pixabay plaid planetscale planyo
planviewleankit plivo podio pollsapi polygon positionstack postageapp postbacks posthog postman postmark powrbot prefect printfection privateai prodpad prospectcrm protocolsio proxycrawl
pubnub pulumi purestake pushbullet pusher qase qualaroo qubole quickmetrics rapidapi raven rawg razorpay reachmail readme reallysimplesystems rebrandly recaptcha recurly refiner rentman repairshopr replicate replyio
requestfinance restpack rev ringcentral ritekit roaring rocketreach rockset rollbar route4me rownd runpod runrunit salesblink salescookie salesflare salesforce salesmate samsara satismeter saucelabs
scaleway scalingo scalr scrapeowl scraperapi scraperbox scraperstack scrapestack scrapfly scrapingant scrapingbee screenshotapi screenshotlayer scrutinizerci securitytrails segment selectpdf
semaphore sendbird sendgrid sendinblue sentry serphouse serpapi serpstack sherpadesk shipday shippo shodan shopify shortcut shotstack shutterstock signable signalwire signaturit signupgenius
sigopt simfin simplesat simplynoted simvoly sinch sirv siteleaf skrappio skrapp slack smartsheet smartsheets smartystreets smooch snipcart snowflake snyk sonar sonarcloud sonarqube sourcegraph
sparkpost speechtextai splunk spoonacular sportsmonk sportradar spotify squarespace squareup sslmate stabilityai statuscake statuspage statuspal stitchdata stockdata storecove stormboard stormglass storyblok storychief
stripe stripo stytch sugester sumologic supabase supernotesapi supernotes surge surveyanyplace surveybot surveysparrow survicate swell swiftype tableau tailscale tallyfy tatumio tavily taxjar teamgate teamwork teamworkcrm
teamworkdesk teamworkspaces technicalanalysisapi tefter telegram teletype telnyx terraform theoddsapi thinkific thousandeyes ticketmaster tickettailor tiingo timecamp timezoneapi todoist toggltrack toggl tokeet
tomorrowio tomtom tradier transferwise travelpayouts travisci trello truenas trufflehog twelvedata twilio twist twitch twitter tyntec typeform typetalk ubidots uclassify unifyid unkey unplugg unsplash upcdatabase upcloud
uplead upstage uptimerobot upwave urlscan userflow userstack vagrantcloud vatlayer vbout vercel verifier verimail veriphone versioneye viewneo virustotal visualcrossing voiceflow voicegain voodoosms vonage vpnapi vultr vyte
wakatime walkscore wandb weatherapi weatherbit weatherstack web3storage webflow webscraper webscraping weightsandbiases wepay whoxy wistia wiz workato workos workstack worksnaps worldcoinindex worldweather wrike xero
yandex yelp yousign youneedabudget youtube zapier zendesk zenkitapi zenrows zenscrape zenserp zeplin zerobounce zerotier zipbooks zipcodeapi zipcodebase zonkafeedback zoho zohocrm zoom zuplo zulip nuget elastic logz impala netcore pypi rubygems coda miro
`;

export const providerNames: ReadonlySet<string> = new Set(names.trim().split(/\s+/));
