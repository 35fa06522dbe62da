using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Countersign.Carriers.Sns;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Adapters.Tests.Carriers.Sns;

/// <summary>End User Messaging's SendTextMessage, the JSON protocol, and its events through SNS.</summary>
public sealed class EndUserMessagingTests : VendorConformance
{
    const string Topic = "arn:aws:sns:eu-west-1:123456789012:receipts";
    static readonly RSA Key = RSA.Create(2048);
    static readonly string Certificate = NewCertificate();
    static readonly Uri Nowhere = new("http://127.0.0.1:9");

    protected override string Success => """{"MessageId":"862a8790-60c0-4430-9b2b-658bdexample"}""";

    protected override bool CoversBody => false; // Named fields of the body are signed, not its bytes.

    protected override CallbackRequest Genuine => Notification(Event("TEXT_DELIVERED"));

    protected override byte[] Payload => Encoding.UTF8.GetBytes(Event("TEXT_DELIVERED"));

    protected override IEnumerable<CallbackRequest> Tampered
    {
        get
        {
            var fields = Fields(Event("TEXT_DELIVERED"));
            foreach (var name in fields.Keys)
            {
                foreach (var value in Mutations(fields[name]))
                {
                    yield return Request(new(fields) { [name] = value });
                }

                yield return Request(fields.Where(known => known.Key != name).ToDictionary());
            }
        }
    }

    [Fact]
    public async Task The_request_is_a_signed_text_message()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Success));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Accepted("862a8790-60c0-4430-9b2b-658bdexample"), outcome);
        Assert.Equal("POST / HTTP/1.1", peer.Request.Line);
        Assert.Equal("PinpointSMSVoiceV2.SendTextMessage", peer.Request.Headers["X-Amz-Target"]);
        Assert.Equal("application/x-amz-json-1.0", peer.Request.Headers["Content-Type"]);
        Assert.Equal("not-a-real-token", peer.Request.Headers["X-Amz-Security-Token"]);
        Assert.StartsWith(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/sms-voice/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=",
            peer.Request.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal(
            """{"DestinationPhoneNumber":"\u002B14155550100","OriginationIdentity":"Acme","MessageBody":"Your Acme verification code is: 123456","MessageType":"TRANSACTIONAL","TimeToLive":600,"ConfigurationSetName":"receipts","Context":{"attempt":"VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}""",
            peer.Request.Body);
    }

    [Fact]
    public async Task The_signature_is_over_what_is_on_the_wire()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Success));

        await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        var seen = peer.Request.Headers;
        var again = new HttpRequestMessage(HttpMethod.Post, $"http://{seen["Host"]}/") { Content = new ByteArrayContent([]) };
        again.Content.Headers.TryAddWithoutValidation("Content-Type", seen["Content-Type"]);
        again.Headers.TryAddWithoutValidation("X-Amz-Target", seen["X-Amz-Target"]);
        SigV4.Sign(again, Encoding.UTF8.GetBytes(peer.Request.Body), new AwsKeys("AKIDEXAMPLE", "not-a-real-secret", "not-a-real-token"), "eu-west-1", "sms-voice", CarrierBench.Now);
        Assert.Equal(Assert.Single(again.Headers.GetValues("Authorization")), seen["Authorization"]);
    }

    [Theory]
    [InlineData(400, """{"__type":"com.amazonaws.pinpointsmsvoicev2#ThrottlingException","Message":"x"}""", DeliveryError.Throttled, "ThrottlingException", SendFailure.TryAgain)]
    [InlineData(400, """{"__type":"ConflictException","Message":"+14155550100","Reason":"DESTINATION_PHONE_NUMBER_OPTED_OUT"}""", DeliveryError.BlockedByRecipient, "DESTINATION_PHONE_NUMBER_OPTED_OUT", SendFailure.NumberRefused)]
    [InlineData(400, """{"__type":"ConflictException","Message":"x","Reason":"DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"}""", DeliveryError.CountryNotEnabled, "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", SendFailure.ChannelRefused)]
    [InlineData(400, """{"__type":"ServiceQuotaExceededException","Reason":"MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"}""", DeliveryError.QuotaReached, "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", SendFailure.CarrierDown)]
    [InlineData(400, """{"__type":"AccessDeniedException","Reason":"ACCOUNT_DISABLED"}""", DeliveryError.AccountSuspended, "ACCOUNT_DISABLED", SendFailure.CarrierDown)]
    [InlineData(400, """{"__type":"UnrecognizedClientException"}""", DeliveryError.Authentication, "UnrecognizedClientException", SendFailure.CarrierDown)]
    [InlineData(400, """{"__type":"ResourceNotFoundException","Reason":"NEW"}""", DeliveryError.InvalidSender, "NEW", SendFailure.CarrierDown)]
    [InlineData(500, """{"__type":"InternalServerException"}""", DeliveryError.CarrierFault, "InternalServerException", SendFailure.CarrierDown)]
    [InlineData(400, """{"__type":"NewException"}""", DeliveryError.Unknown, "NewException", SendFailure.ChannelRefused)]
    public async Task Errors_are_normalised(int status, string body, DeliveryError error, string code, SendFailure failure)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Answer(status, "application/x-amz-json-1.0", body));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        var refused = Assert.IsType<SendOutcome.Refused>(outcome);
        Assert.Equal((error, code, failure), (refused.Error, refused.CarrierCode, refused.Failure));
    }

    [Fact]
    public void An_event_tells_time_price_and_network()
    {
        var outcome = Create(Nowhere).Receive(Genuine);

        Assert.Equal(
            [
                new Receipt
                {
                    AttemptSid = CarrierBench.Attempt,
                    CarrierMessageId = "862a8790-60c0-4430-9b2b-658bdexample",
                    Status = ReceiptStatus.Delivered,
                    At = CarrierBench.Now,
                    Price = 0.09832m,
                    Currency = "usd",
                    MobileCountryCode = "310",
                    MobileNetworkCode = "800",
                },
            ],
            Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
    }

    [Theory]
    [InlineData("TEXT_SUCCESSFUL", ReceiptStatus.Delivered, null, null)]
    [InlineData("TEXT_PENDING", ReceiptStatus.Sent, null, null)]
    [InlineData("TEXT_INVALID", ReceiptStatus.Undelivered, DeliveryError.InvalidNumber, "TEXT_INVALID")]
    [InlineData("TEXT_BLOCKED", ReceiptStatus.Undelivered, DeliveryError.Filtered, "TEXT_BLOCKED")]
    [InlineData("TEXT_CARRIER_BLOCKED", ReceiptStatus.Undelivered, DeliveryError.Filtered, "TEXT_CARRIER_BLOCKED")]
    [InlineData("TEXT_TTL_EXPIRED", ReceiptStatus.Undelivered, DeliveryError.Expired, "TEXT_TTL_EXPIRED")]
    [InlineData("TEXT_PROTECT_BLOCKED", ReceiptStatus.Undelivered, DeliveryError.FraudBlock, "TEXT_PROTECT_BLOCKED")]
    public void An_event_type_becomes_a_receipt(string type, ReceiptStatus status, DeliveryError? error, string? code)
    {
        var receipt = Assert.Single(Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Notification(Event(type)))).Receipts);

        Assert.Equal((status, error, code), (receipt.Status, receipt.Error, receipt.CarrierCode));
    }

    [Theory]
    [InlineData("VOICE_ANSWERED")]
    [InlineData("TEXT_NEW")]
    public void Other_events_tell_nothing(string type) =>
        Assert.Empty(Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Notification(Event(type)))).Receipts);

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public void Both_versions_of_the_signature_are_known(string version) =>
        Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Request(Fields(Event("TEXT_DELIVERED"), version: version))));

    [Fact]
    public void Fields_that_are_not_signed_may_come() =>
        Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Request(new(Fields(Event("TEXT_DELIVERED"))) { ["UnsubscribeURL"] = "https://sns.eu-west-1.amazonaws.com/", ["New"] = "1" })));

    [Fact]
    public void Another_customers_topic_is_a_forgery_although_aws_signed_it() =>
        Assert.Equal(new CallbackOutcome.Forged("wrong_topic"), Create(Nowhere).Receive(Request(Fields(Event("TEXT_DELIVERED"), topic: "arn:aws:sns:eu-west-1:999999999999:evil"))));

    [Fact]
    public void A_notification_of_last_week_is_a_forgery() =>
        Assert.Equal(new CallbackOutcome.Forged("too_old"), Create(Nowhere).Receive(Request(Fields(Event("TEXT_DELIVERED"), timestamp: "2026-11-16T12:00:00.000Z"))));

    [Fact]
    public void A_subscription_is_never_confirmed_by_itself()
    {
        var fields = Fields("You have chosen to subscribe", type: "SubscriptionConfirmation");

        Assert.Empty(Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Request(fields))).Receipts);
    }

    [Fact]
    public void A_pasted_public_key_does_as_well_as_a_certificate()
    {
        var carrier = Create(Nowhere, Key.ExportSubjectPublicKeyInfoPem());

        Assert.IsType<CallbackOutcome.Understood>(carrier.Receive(Genuine));
    }

    [Theory]
    [InlineData("signing_certificate", "-----BEGIN CERTIFICATE-----\nnot\n-----END CERTIFICATE-----")]
    [InlineData("region", "eu west")]
    [InlineData("max_price", "a lot")]
    [InlineData("max_price", "1")]
    [InlineData("max_price", "100.5")]
    [InlineData("max_price", "1.123456")]
    [InlineData("max_price", "1.")]
    [InlineData("topic_arn", "receipts")]
    public void A_wrong_setting_is_refused(string setting, string value)
    {
        var settings = new Dictionary<string, string>
        {
            ["region"] = "eu-west-1",
            ["access_key_id"] = "AKIDEXAMPLE",
            ["topic_arn"] = Topic,
            ["signing_certificate"] = Certificate,
            [setting] = value,
        };

        var problem = Assert.Single(CarrierSettings.Check(new SnsKind(), settings, new Dictionary<string, string> { ["secret_access_key"] = "not-real" }));

        Assert.Equal(setting, problem.Setting);
    }

    [Theory]
    [InlineData("sms-voice", "0.25")]
    [InlineData("sms-voice", ".5")]
    [InlineData("sms-voice", "12.34567")]
    [InlineData("sns", "1")]
    public void A_price_as_the_api_takes_it_is_right(string api, string price) => Assert.Empty(CarrierSettings.Check(
        new SnsKind(),
        new Dictionary<string, string> { ["api"] = api, ["region"] = "eu-west-1", ["access_key_id"] = "AKIDEXAMPLE", ["max_price"] = price },
        new Dictionary<string, string> { ["secret_access_key"] = "not-real" }));

    protected override ICarrier Create(Uri address) => Create(address, Certificate);

    protected override CallbackRequest Signed(byte[] body) => Notification(Encoding.UTF8.GetString(body));

    static ICarrier Create(Uri address, string pem) => CarrierBench.Create(
        new SnsKind(),
        new()
        {
            ["region"] = "eu-west-1",
            ["access_key_id"] = "AKIDEXAMPLE",
            ["configuration_set"] = "receipts",
            ["topic_arn"] = Topic,
            ["signing_certificate"] = pem,
            ["base_url"] = address.ToString(),
        },
        new() { ["secret_access_key"] = "not-a-real-secret", ["session_token"] = "not-a-real-token" });

    static CallbackRequest Notification(string message) => Request(Fields(message));

    static CallbackRequest Request(Dictionary<string, string> fields) => CarrierBench.Callback("", new() { ["x-amz-sns-message-type"] = "Notification" }, JsonSerializer.Serialize(fields));

    static Dictionary<string, string> Fields(string message, string topic = Topic, string timestamp = "2026-11-23T11:59:58.123Z", string version = "2", string type = "Notification")
    {
        var fields = new Dictionary<string, string> { ["Message"] = message, ["MessageId"] = "da41e39f", ["Timestamp"] = timestamp, ["TopicArn"] = topic, ["Type"] = type };
        if (type == "SubscriptionConfirmation")
        {
            fields["SubscribeURL"] = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription";
            fields["Token"] = "2336412f37";
        }

        var signed = string.Concat(fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}\n{field.Value}\n"));
        fields["SignatureVersion"] = version;
        fields["Signature"] = Convert.ToBase64String(Key.SignData(Encoding.UTF8.GetBytes(signed), version == "1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        return fields;
    }

    static string Event(string type) =>
        $$$"""{"eventType":"{{{type}}}","eventVersion":"1.0","eventTimestamp":{{{CarrierBench.Now.ToUnixTimeMilliseconds()}}},"isFinal":true,"originationPhoneNumber":"+14155550199","destinationPhoneNumber":"+14155550100","mcc":"310","mnc":"800","messageId":"862a8790-60c0-4430-9b2b-658bdexample","messageStatus":"X","context":{"attempt":"{{{CarrierBench.Attempt}}}"},"totalMessageParts":1,"totalMessagePrice":0.09582,"totalCarrierFee":0.0025}""";

    static string NewCertificate()
    {
        var request = new CertificateRequest("CN=sns.example.com", Key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(CarrierBench.Now.AddYears(-1), CarrierBench.Now.AddYears(1));
        return certificate.ExportCertificatePem();
    }
}
