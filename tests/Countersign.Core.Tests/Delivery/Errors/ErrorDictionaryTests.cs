using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Core.Tests.Delivery.Errors;

public sealed class ErrorDictionaryTests
{
    static readonly ErrorDictionary Dictionary = new([
        new Codes("vonage", ("9", DeliveryError.InsufficientFunds), ("1", DeliveryError.Throttled), ("6", DeliveryError.InvalidNumber)),
        new Codes("smpp", ("ESME_RTHROTTLED", DeliveryError.Throttled), ("0x58", DeliveryError.Throttled)),
    ]);

    [Fact]
    public void Every_error_has_one_entry_in_the_order_of_the_errors() =>
        Assert.Equal(Enum.GetValues<DeliveryError>(), ErrorDictionary.All.Select(entry => entry.Error));

    [Fact]
    public void Every_entry_says_what_happened_and_what_to_do_in_whole_sentences() => Assert.All(ErrorDictionary.All, entry =>
    {
        Assert.True(entry.Title.Length is > 5 and <= 60, entry.Title);
        Assert.False(entry.Title.EndsWith('.'), entry.Title);
        Assert.All([entry.Explanation, entry.Advice, entry.ForThePerson], text =>
        {
            Assert.True(text.Length > 15, text);
            Assert.True(char.IsUpper(text[0]) && text.EndsWith('.'), text);
        });
        Assert.True(Enum.IsDefined(entry.Severity));
    });

    [Fact]
    public void Names_are_snake_case_and_unique()
    {
        Assert.All(ErrorDictionary.All, entry => Assert.Matches("^[a-z]+(_[a-z]+)*$", entry.Name));
        Assert.Equal(ErrorDictionary.All.Count, ErrorDictionary.All.Select(entry => entry.Name).Distinct().Count());
        Assert.Equal("blocked_by_recipient", ErrorDictionary.Of(DeliveryError.BlockedByRecipient).Name);
    }

    [Fact]
    public void A_Twilio_number_means_one_error_only_except_the_one_for_no_number()
    {
        var numbers = ErrorDictionary.All.SelectMany(entry => entry.OtherTwilioCodes.Prepend(entry.TwilioCode)).Where(code => code != ErrorEntry.NoTwilioCode).ToList();

        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        Assert.All(numbers, code => Assert.InRange(code, 11_200, 63_999));
    }

    [Theory]
    [InlineData(30003, DeliveryError.Unreachable)]
    [InlineData(30004, DeliveryError.Filtered)]
    [InlineData(30005, DeliveryError.UnknownNumber)]
    [InlineData(30006, DeliveryError.Landline)]
    [InlineData(30007, DeliveryError.Filtered)]
    [InlineData(30008, DeliveryError.Unknown)]
    [InlineData(30034, DeliveryError.UnregisteredSender)]
    [InlineData(30450, DeliveryError.FraudBlock)]
    [InlineData(30453, DeliveryError.FraudBlock)]
    [InlineData(21408, DeliveryError.CountryNotEnabled)]
    [InlineData(21610, DeliveryError.BlockedByRecipient)]
    [InlineData(63003, DeliveryError.NotOnChannel)]
    [InlineData(20003, DeliveryError.Authentication)]
    public void A_Twilio_number_leads_to_its_error(int code, DeliveryError error)
    {
        Assert.Equal(error, ErrorDictionary.ForTwilio(code)?.Error);
        Assert.Equal(error, Dictionary.Find(code.ToString(System.Globalization.CultureInfo.InvariantCulture))?.Error);
    }

    [Fact]
    public void Every_number_of_an_entry_leads_to_it_also_where_the_first_is_the_one_for_no_number() => Assert.All(
        ErrorDictionary.All.SelectMany(entry => entry.OtherTwilioCodes.Prepend(entry.TwilioCode), (entry, code) => (entry, code)),
        pair => Assert.Equal(
            pair.code == ErrorEntry.NoTwilioCode ? DeliveryError.Unknown : pair.entry.Error,
            Dictionary.Find(pair.code.ToString(System.Globalization.CultureInfo.InvariantCulture))?.Error));

    [Theory]
    [InlineData("unreachable", DeliveryError.Unreachable)]
    [InlineData("Unreachable", DeliveryError.Unreachable)]
    [InlineData("no_carrier", DeliveryError.NoCarrier)]
    [InlineData("vonage:9", DeliveryError.InsufficientFunds)]
    [InlineData("VONAGE:9", DeliveryError.InsufficientFunds)]
    [InlineData("twilio:30003", DeliveryError.Unreachable)]
    [InlineData("smpp:esme_rthrottled", DeliveryError.Throttled)]
    public void A_name_and_a_carriers_code_lead_to_their_error(string code, DeliveryError error) => Assert.Equal(error, Dictionary.Find(code)?.Error);

    [Theory]
    [InlineData("")]
    [InlineData("9")]
    [InlineData("-30003")]
    [InlineData("+30003")]
    [InlineData(" 30003")]
    [InlineData("99999999999999999999")]
    [InlineData("vonage:")]
    [InlineData("vonage:10")]
    [InlineData(":9")]
    [InlineData("plivo:9")]
    [InlineData("twilio:unreachable")]
    [InlineData("twilio:9")]
    [InlineData("no_such_error")]
    public void Anything_else_is_not_found(string code) => Assert.Null(Dictionary.Find(code));

    [Fact]
    public void Each_number_that_an_entry_names_leads_to_it() => Assert.All(
        ErrorDictionary.All.SelectMany(entry => entry.OtherTwilioCodes.Append(entry.TwilioCode), (entry, code) => (entry, code)).Where(pair => pair.code != ErrorEntry.NoTwilioCode),
        pair => Assert.Same(pair.entry, Dictionary.Find($"{pair.code}")));

    [Fact]
    public void The_codes_of_an_error_are_listed_for_each_carrier_that_has_one()
    {
        var codes = Dictionary.CodesOf(DeliveryError.Throttled).Select(carrier => $"{carrier.Kind}: {string.Join(' ', carrier.Codes)}");

        Assert.Equal(["smpp: 0x58 ESME_RTHROTTLED", "vonage: 1"], codes);
        Assert.Equal(["smpp", "vonage"], Dictionary.Kinds);
        Assert.Empty(Dictionary.CodesOf(DeliveryError.Busy));
    }

    [Fact]
    public void The_same_kind_twice_is_a_bug_that_is_found_at_the_start() =>
        Assert.Throws<ArgumentException>(() => new ErrorDictionary([new Codes("a", ("1", DeliveryError.Busy)), new Codes("A", ("2", DeliveryError.Busy))]));

    [Fact]
    public void What_the_number_itself_is_the_reason_for_no_other_carrier_helps() => Assert.All(
        ErrorDictionary.All.Where(entry => entry.Class == SendFailure.NumberRefused || entry.Class == SendFailure.FraudBlock),
        entry => Assert.False(entry.Remedies.HasFlag(Remedies.AnotherCarrier), entry.Name));

    [Fact]
    public void What_is_worth_trying_again_says_that_waiting_helps() => Assert.All(
        ErrorDictionary.All.Where(entry => entry.Class == SendFailure.TryAgain),
        entry => Assert.True(entry.Remedies.HasFlag(Remedies.Waiting), entry.Name));

    sealed class Codes(string kind, params (string Code, DeliveryError Error)[] codes) : ICarrierCodes
    {
        public string Kind => kind;

        IReadOnlyDictionary<string, DeliveryError> ICarrierCodes.Codes { get; } = codes.ToDictionary(pair => pair.Code, pair => pair.Error);
    }
}
